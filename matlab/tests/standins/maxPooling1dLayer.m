function made = maxPooling1dLayer(varargin)
    % MAXPOOLING1DLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('maxPooling1dLayer', varargin, {'PoolSize'}, {'Stride', 'Padding'});
    made = standin.filled(made, 'Stride', 1, 'Padding', [0, 0]);
end
