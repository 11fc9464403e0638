function y = handed_on(layer, y)
    % HANDED_ON  What a recurrent layer hands on: every step, or the last one.
    %
    %   y = bridge.layers.handed_on(layer, y) takes T x H and gives T x H, or 1 x H
    %   where OutputMode is 'last'.

    if strcmp(layer.OutputMode, 'last')
        if isempty(y)
            error('bridge:forward:layer', 'layer ''%s'': a sequence without steps has no last one', layer.Name);
        end
        y = y(end, :);
    end
end
