function y = globalMaxPooling1dLayer(layer, x)
    % GLOBALMAXPOOLING1DLAYER  The largest value of each channel over all steps.
    %
    %   y = bridge.layers.globalMaxPooling1dLayer(layer, x), 1 x C; NaN stays.

    y = max(bridge.layers.with_steps(layer, x), [], 1);
    y(any(isnan(x), 1)) = NaN;
end
