function y = layerNormalizationLayer(layer, x)
    % LAYERNORMALIZATIONLAYER  (x - mean) / sqrt(variance + Epsilon), scaled and shifted.
    %
    %   y = bridge.layers.layerNormalizationLayer(layer, x) takes mean and biased
    %   variance over the channels of each step.

    if isfield(layer, 'OperationDimension') && strcmp(layer.OperationDimension, 'batch-excluded')
        error('bridge:forward:layer', ...
              'layer ''%s'' normalizes over time (OperationDimension ''batch-excluded''), which is not computed', ...
              layer.Name);
    end
    centred = x - mean(x, 2);
    variance = mean(centred.^2, 2);
    y = centred ./ sqrt(variance + layer.Epsilon) .* layer.Scale.' + layer.Offset.';
end
