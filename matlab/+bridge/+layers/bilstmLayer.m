function [y, state] = bilstmLayer(layer, x, state)
    % BILSTMLAYER  An LSTM forward and another backward in time.
    %
    %   [y, state] = bridge.layers.bilstmLayer(layer, x, state): the first half of all
    %   rows runs forward, the second backward. y is T x 2H, or with OutputMode 'last'
    %   1 x 2H: each direction's own last step.

    units = layer.NumHiddenUnits;
    [forward, first] = one_way(layer, x, state, 0:units - 1);
    [backward, second] = one_way(layer, flipud(x), state, units:2 * units - 1);
    if strcmp(layer.OutputMode, 'sequence')
        backward = flipud(backward);
    end
    y = [forward, backward];
    state = {[first{1}; second{1}], [first{2}; second{2}]};
end

function [y, state] = one_way(layer, x, state, own)
    % own: the rows of this direction in the states, from 0; gates have four times as many.
    rows = 4 * own(1) + (1:4 * numel(own));
    products = layer.InputWeights(rows, :) * x.' + layer.Bias(rows);
    R = layer.RecurrentWeights(rows, :);
    [y, h, c] = bridge.layers.lstm_sequence(layer, products, @(h) R * h, state{1}(own + 1), state{2}(own + 1));
    y = bridge.layers.handed_on(layer, y);
    state = {h, c};
end
