function [y, h, c] = lstm_sequence(layer, products, recurrent, h, c)
    % LSTM_SEQUENCE  The recurrence of an LSTM over a sequence.
    %
    %   [y, h, c] = bridge.layers.lstm_sequence(layer, products, recurrent, h, c)
    %   takes products = W x + b, 4H x T with rows i, f, g, o, and recurrent, a
    %   function that gives R h, and runs over all T steps
    %
    %       i, f, o = gate(.),  g = squash(.),  c <- f c + i g,  h <- o squash(c).
    %
    %   y is T x H; h and c are the states, H x 1, before and after.

    units = numel(h);
    steps = size(products, 2);
    y = zeros(steps, units, class(products));
    for t = 1:steps
        sum_of_products = products(:, t) + recurrent(h);
        i = bridge.layers.gate(layer, sum_of_products(1:units));
        f = bridge.layers.gate(layer, sum_of_products(units + 1:2 * units));
        g = bridge.layers.squash(layer, sum_of_products(2 * units + 1:3 * units));
        o = bridge.layers.gate(layer, sum_of_products(3 * units + 1:4 * units));
        c = f .* c + i .* g;
        h = o .* bridge.layers.squash(layer, c);
        y(t, :) = h.';
    end
end
