function y = fullyConnectedLayer(layer, x)
    % FULLYCONNECTEDLAYER  W x + b at every step.
    %
    %   y = bridge.layers.fullyConnectedLayer(layer, x), x T x I, y T x O.

    y = x * layer.Weights.' + layer.Bias.';
end
