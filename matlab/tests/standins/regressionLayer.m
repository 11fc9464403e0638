function made = regressionLayer(varargin)
    % REGRESSIONLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('regressionLayer', varargin, {}, {'ResponseNames'});
end
