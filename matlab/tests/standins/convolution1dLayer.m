function made = convolution1dLayer(varargin)
    % CONVOLUTION1DLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    own = [{'Stride', 'DilationFactor', 'Padding', 'NumChannels'}, standin.factors('Weights', 'Bias')];
    made = standin.layer('convolution1dLayer', varargin, {'FilterSize', 'NumFilters'}, own);
    made = standin.filled(made, 'Stride', 1, 'DilationFactor', 1, 'Padding', [0, 0]);
    filters = made.Properties.NumFilters;
    standin.sized(made, 'Weights', [made.Properties.FilterSize, NaN, filters], 'Bias', [1, filters]);
end
