function y = eluLayer(layer, x)
    % ELULAYER  x where it is positive, else Alpha (exp(x) - 1).
    %
    %   y = bridge.layers.eluLayer(layer, x), element by element.

    y = x;
    y(x < 0) = layer.Alpha * expm1(x(x < 0));
end
