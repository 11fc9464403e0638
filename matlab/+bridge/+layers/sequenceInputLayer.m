function y = sequenceInputLayer(layer, x)
    % SEQUENCEINPUTLAYER  Normalize the input, channel by channel.
    %
    %   y = bridge.layers.sequenceInputLayer(layer, x), T x C, by Normalization:
    %     zerocenter          x - Mean
    %     zscore              (x - Mean) / StandardDeviation
    %     rescale-zero-one    (x - Min) / (Max - Min)
    %     rescale-symmetric   2 (x - Min) / (Max - Min) - 1
    %     none                x

    switch layer.Normalization
        case 'zerocenter'
            y = x - layer.Mean.';
        case 'zscore'
            y = (x - layer.Mean.') ./ layer.StandardDeviation.';
        case 'rescale-zero-one'
            y = (x - layer.Min.') ./ (layer.Max.' - layer.Min.');
        case 'rescale-symmetric'
            y = 2 * ((x - layer.Min.') ./ (layer.Max.' - layer.Min.')) - 1;
        otherwise
            y = x;
    end
end
