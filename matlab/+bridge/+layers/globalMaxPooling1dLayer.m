function y = globalMaxPooling1dLayer(layer, x)
    % GLOBALMAXPOOLING1DLAYER  The largest value of each channel over all steps.
    %
    %   y = bridge.layers.globalMaxPooling1dLayer(layer, x), 1 x C.

    y = max(bridge.layers.with_steps(layer, x), [], 1);
end
