function y = reluLayer(layer, x) %#ok<INUSL>
    % RELULAYER  max(x, 0); NaN stays.
    %
    %   y = bridge.layers.reluLayer(layer, x), element by element.

    y = x;
    y(x < 0) = 0;
end
