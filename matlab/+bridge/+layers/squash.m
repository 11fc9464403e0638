function y = squash(layer, x)
    % SQUASH  State activation of a recurrent layer.
    %
    %   y = bridge.layers.squash(layer, x) is tanh x, x / (1 + |x|) or max(x, 0).

    switch layer.StateActivationFunction
        case 'softsign'
            y = x ./ (1 + abs(x));
        case 'relu'
            y = max(x, 0);
        otherwise
            y = tanh(x);
    end
end
