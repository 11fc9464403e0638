function made = additionLayer(varargin)
    % ADDITIONLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('additionLayer', varargin, {'NumInputs'}, {});
end
