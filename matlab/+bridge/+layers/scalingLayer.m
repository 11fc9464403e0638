function y = scalingLayer(layer, x)
    % SCALINGLAYER  Scale x + Bias.
    %
    %   y = bridge.layers.scalingLayer(layer, x) with Scale and Bias C x 1, a number
    %   for each channel, or 1 x 1.

    y = layer.Scale.' .* x + layer.Bias.';
end
