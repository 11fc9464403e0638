function y = batchNormalizationLayer(layer, x)
    % BATCHNORMALIZATIONLAYER  (x - mean) / sqrt(variance + Epsilon), scaled and shifted.
    %
    %   y = bridge.layers.batchNormalizationLayer(layer, x) with mean and variance
    %   from the training: TrainedMean, TrainedVariance.

    deviation = sqrt(layer.TrainedVariance.' + layer.Epsilon);
    y = (x - layer.TrainedMean.') ./ deviation .* layer.Scale.' + layer.Offset.';
end
