function y = flattenLayer(layer, x) %#ok<INUSL>
    % FLATTENLAYER  Nothing, since what flows here are vectors already.
    %
    %   y = bridge.layers.flattenLayer(layer, x) is x.

    y = x;
end
