function y = convolution1dLayer(layer, x)
    % CONVOLUTION1DLAYER  Filters that slide over the steps.
    %
    %   y = bridge.layers.convolution1dLayer(layer, x), x T x C, y positions x F: the
    %   sum over the K steps that a filter sees, DilationFactor apart, and all channels
    %   of Weights, K x C x F, times x; plus Bias, 1 x F.

    [x, rows] = bridge.layers.windows(layer, x, layer.FilterSize, layer.DilationFactor, 0);
    y = repmat(layer.Bias, size(rows, 1), 1);
    for k = 1:layer.FilterSize
        weights = reshape(layer.Weights(k, :, :), size(x, 2), layer.NumFilters);
        y = y + x(rows(:, k), :) * weights;
    end
end
