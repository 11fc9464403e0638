function made = averagePooling1dLayer(varargin)
    % AVERAGEPOOLING1DLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('averagePooling1dLayer', varargin, {'PoolSize'}, {'Stride', 'Padding'});
    made = standin.filled(made, 'Stride', 1, 'Padding', [0, 0]);
end
