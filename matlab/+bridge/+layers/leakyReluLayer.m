function y = leakyReluLayer(layer, x)
    % LEAKYRELULAYER  x where it is positive, else Scale x.
    %
    %   y = bridge.layers.leakyReluLayer(layer, x), element by element.

    y = x;
    y(x < 0) = layer.Scale * x(x < 0);
end
