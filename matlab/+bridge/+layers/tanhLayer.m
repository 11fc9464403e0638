function y = tanhLayer(layer, x) %#ok<INUSL>
    % TANHLAYER  Hyperbolic tangent.
    %
    %   y = bridge.layers.tanhLayer(layer, x), element by element.

    y = tanh(x);
end
