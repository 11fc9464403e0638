function [y, state] = gruLayer(layer, x, state)
    % GRULAYER  Gated recurrent unit.
    %
    %   [y, state] = bridge.layers.gruLayer(layer, x, state) with x T x I and state
    %   {h}, H x 1. r, z = gate(W x + R h + b), h <- (1 - z) k + z h with the candidate k
    %   by ResetGateMode:
    %     after-multiplication                  squash(W x + b + r (R h))
    %     before-multiplication                 squash(W x + b + R (r h))
    %     recurrent-bias-after-multiplication   squash(W x + bW + r (R h + bR)),
    %                                           Bias = [bW; bR]

    units = layer.NumHiddenUnits;
    h = state{1};
    R = layer.RecurrentWeights;
    before = strcmp(layer.ResetGateMode, 'before-multiplication');
    bias = layer.Bias;
    recurrent_bias = zeros(3 * units, 1, class(x));
    if strcmp(layer.ResetGateMode, 'recurrent-bias-after-multiplication')
        recurrent_bias = bias(3 * units + 1:end);
        bias = bias(1:3 * units);
    end
    of_r = 1:units;
    of_z = units + 1:2 * units;
    of_k = 2 * units + 1:3 * units;

    products = layer.InputWeights * x.' + bias;
    steps = size(x, 1);
    y = zeros(steps, units, class(x));
    for t = 1:steps
        w = products(:, t);
        if before
            r = bridge.layers.gate(layer, w(of_r) + R(of_r, :) * h);
            z = bridge.layers.gate(layer, w(of_z) + R(of_z, :) * h);
            k = bridge.layers.squash(layer, w(of_k) + R(of_k, :) * (r .* h));
        else
            v = R * h + recurrent_bias;
            r = bridge.layers.gate(layer, w(of_r) + v(of_r));
            z = bridge.layers.gate(layer, w(of_z) + v(of_z));
            k = bridge.layers.squash(layer, w(of_k) + r .* v(of_k));
        end
        h = (1 - z) .* k + z .* h;
        y(t, :) = h.';
    end
    y = bridge.layers.handed_on(layer, y);
    state = {h};
end
