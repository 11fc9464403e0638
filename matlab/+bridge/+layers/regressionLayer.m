function y = regressionLayer(layer, x) %#ok<INUSL>
    % REGRESSIONLAYER  Nothing: the end of a regression network.
    %
    %   y = bridge.layers.regressionLayer(layer, x) is x.

    y = x;
end
