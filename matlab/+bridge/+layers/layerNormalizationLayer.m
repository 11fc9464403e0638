function y = layerNormalizationLayer(layer, x)
    % LAYERNORMALIZATIONLAYER  (x - mean) / sqrt(variance + Epsilon), scaled and shifted.
    %
    %   y = bridge.layers.layerNormalizationLayer(layer, x) takes mean and biased
    %   variance over the channels of each step; where OperationDimension is
    %   'batch-excluded', over all steps too.

    if isfield(layer, 'OperationDimension') && strcmp(layer.OperationDimension, 'batch-excluded')
        y = reshape(bridge.layers.normalized(layer, x(:), 1), size(x));
    else
        y = bridge.layers.normalized(layer, x, 2);
    end
    y = y .* layer.Scale.' + layer.Offset.';
end
