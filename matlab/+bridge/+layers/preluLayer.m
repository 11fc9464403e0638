function y = preluLayer(layer, x)
    % PRELULAYER  x where it is positive, else Alpha x.
    %
    %   y = bridge.layers.preluLayer(layer, x) with Alpha C x 1, a factor for each
    %   channel, or 1 x 1.

    y = x;
    scaled = layer.Alpha.' .* x;
    y(x < 0) = scaled(x < 0);
end
