function made = eluLayer(varargin)
    % ELULAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('eluLayer', varargin, {'Alpha'}, {});
end
