function made = concatenationLayer(varargin)
    % CONCATENATIONLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('concatenationLayer', varargin, {'Dim', 'NumInputs'}, {});
end
