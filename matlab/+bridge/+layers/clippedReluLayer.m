function y = clippedReluLayer(layer, x)
    % CLIPPEDRELULAYER  max(x, 0), but at most Ceiling; NaN stays.
    %
    %   y = bridge.layers.clippedReluLayer(layer, x), element by element.

    y = x;
    y(x < 0) = 0;
    y(x > layer.Ceiling) = layer.Ceiling;
end
