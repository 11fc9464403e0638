function [y, state] = lstmLayer(layer, x, state)
    % LSTMLAYER  Long short-term memory.
    %
    %   [y, state] = bridge.layers.lstmLayer(layer, x, state) with x T x I and state
    %   {h, c}, each H x 1: see bridge.layers.lstm_sequence.

    products = layer.InputWeights * x.' + layer.Bias;
    [y, h, c] = bridge.layers.lstm_sequence(layer, products, @(h) layer.RecurrentWeights * h, state{:});
    y = bridge.layers.handed_on(layer, y);
    state = {h, c};
end
