function y = softmaxLayer(layer, x) %#ok<INUSL>
    % SOFTMAXLAYER  exp(x) / sum(exp(x)) over the channels.
    %
    %   y = bridge.layers.softmaxLayer(layer, x) subtracts the largest x first, which
    %   changes nothing but keeps exp from overflowing.

    powers = exp(x - max(x, [], 2));
    y = powers ./ sum(powers, 2);
end
