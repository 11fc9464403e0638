function load_system(model)
    % LOAD_SYSTEM  Stand-in for Simulink's function: the file must be there.

    assert(exist(model, 'file') == 2);
end
