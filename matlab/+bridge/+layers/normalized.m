function y = normalized(layer, x, dim)
    % NORMALIZED  (x - mean) / sqrt(variance + Epsilon) along a dimension.
    %
    %   y = bridge.layers.normalized(layer, x, dim) takes the biased variance.

    centred = x - mean(x, dim);
    y = centred ./ sqrt(mean(centred.^2, dim) + layer.Epsilon);
end
