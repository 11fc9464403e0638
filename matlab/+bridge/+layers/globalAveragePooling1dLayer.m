function y = globalAveragePooling1dLayer(layer, x)
    % GLOBALAVERAGEPOOLING1DLAYER  The mean of each channel over all steps.
    %
    %   y = bridge.layers.globalAveragePooling1dLayer(layer, x), 1 x C.

    y = mean(bridge.layers.with_steps(layer, x), 1);
end
