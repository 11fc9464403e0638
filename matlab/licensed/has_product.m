function yes = has_product(name)
    % HAS_PRODUCT  Whether one of MathWorks' products is installed.
    %
    %   yes = has_product('Deep Learning Toolbox'), has_product('Simulink').

    switch name
        case 'Deep Learning Toolbox'
            part = 'dlnetwork';
        case 'Simulink'
            part = 'load_system';
        otherwise
            error('bridge:has_product', 'it is not known how to see whether %s is installed', name);
    end
    yes = ~isempty(which(part));
end
