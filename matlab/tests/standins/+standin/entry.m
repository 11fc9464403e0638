function made = entry(type, given, own)
    % ENTRY  A stand-in for an input layer.
    %
    %   made = standin.entry(type, given, own): own are the arguments of this type.

    statistics = {'Mean', 'StandardDeviation', 'Min', 'Max'};
    allowed = [{'Normalization', 'NormalizationDimension', 'SplitComplexInputs'}, statistics, own];
    made = standin.layer(type, given, {'InputSize'}, allowed);
    for name = statistics
        if isfield(made.Properties, name{1}) && ~isscalar(made.Properties.(name{1}))
            standin.sized(made, name{1}, [made.Properties.InputSize, 1]);
        end
    end
    made = standin.filled(made, 'Normalization', 'none');
    standin.chosen(made, 'Normalization', {'none', 'zerocenter', 'zscore', 'rescale-symmetric', 'rescale-zero-one'});
end
