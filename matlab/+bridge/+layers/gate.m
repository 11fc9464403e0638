function y = gate(layer, x)
    % GATE  Gate activation of a recurrent layer.
    %
    %   y = bridge.layers.gate(layer, x) is 1 / (1 + exp(-x)), or for hard-sigmoid
    %   0.2 x + 0.5 between 0 and 1.

    if strcmp(layer.GateActivationFunction, 'hard-sigmoid')
        y = min(max(0.2 * x + 0.5, 0), 1);
    else
        y = 1 ./ (1 + exp(-x));
    end
end
