function made = indexing1dLayer(varargin)
    % INDEXING1DLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('indexing1dLayer', varargin, {'Index'}, {}, {'first', 'last'});
end
