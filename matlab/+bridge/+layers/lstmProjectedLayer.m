function [y, state] = lstmProjectedLayer(layer, x, state)
    % LSTMPROJECTEDLAYER  An LSTM whose products go through narrower matrices.
    %
    %   [y, state] = bridge.layers.lstmProjectedLayer(layer, x, state): W (Qi' x) in
    %   place of W x and R (Qo' h) in place of R h; h itself is not projected.

    products = layer.InputWeights * (layer.InputProjector.' * x.') + layer.Bias;
    recurrent = @(h) layer.RecurrentWeights * (layer.OutputProjector.' * h);
    [y, h, c] = bridge.layers.lstm_sequence(layer, products, recurrent, state{:});
    y = bridge.layers.handed_on(layer, y);
    state = {h, c};
end
