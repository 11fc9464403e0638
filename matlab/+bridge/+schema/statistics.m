function names = statistics(layer)
    % STATISTICS  Names of the statistics that a layer needs to compute.
    %
    %   names = bridge.schema.statistics(layer) is a cell row.

    names = {};
    if strcmp(layer.Type, 'batchNormalizationLayer')
        names = {'TrainedMean', 'TrainedVariance'};
    elseif strcmp(layer.Type, 'scalingLayer')
        names = {'Scale', 'Bias'};
    elseif isfield(layer, 'Normalization')
        switch layer.Normalization
            case 'zerocenter'
                names = {'Mean'};
            case 'zscore'
                names = {'Mean', 'StandardDeviation'};
            case {'rescale-symmetric', 'rescale-zero-one'}
                names = {'Min', 'Max'};
        end
    end
end
