function y = instanceNormalizationLayer(layer, x)
    % INSTANCENORMALIZATIONLAYER  (x - mean) / sqrt(variance + Epsilon), scaled and shifted.
    %
    %   y = bridge.layers.instanceNormalizationLayer(layer, x) takes mean and biased
    %   variance over the steps of each channel.

    y = bridge.layers.normalized(layer, x, 1) .* layer.Scale.' + layer.Offset.';
end
