function y = swishLayer(layer, x) %#ok<INUSL>
    % SWISHLAYER  x / (1 + exp(-x)).
    %
    %   y = bridge.layers.swishLayer(layer, x), element by element.

    y = x ./ (1 + exp(-x));
end
