function made = dropoutLayer(varargin)
    % DROPOUTLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('dropoutLayer', varargin, {'Probability'}, {});
end
