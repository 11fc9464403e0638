function y = sigmoidLayer(layer, x) %#ok<INUSL>
    % SIGMOIDLAYER  1 / (1 + exp(-x)).
    %
    %   y = bridge.layers.sigmoidLayer(layer, x), element by element.

    y = 1 ./ (1 + exp(-x));
end
