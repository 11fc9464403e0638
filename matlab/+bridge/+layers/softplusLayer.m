function y = softplusLayer(layer, x) %#ok<INUSL>
    % SOFTPLUSLAYER  log(1 + exp(x)).
    %
    %   y = bridge.layers.softplusLayer(layer, x), element by element, takes exp of
    %   what is negative only, which cannot overflow.

    y = max(x, 0) + log1p(exp(-abs(x)));
end
