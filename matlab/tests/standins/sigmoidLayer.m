function made = sigmoidLayer(varargin)
    % SIGMOIDLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('sigmoidLayer', varargin, {}, {});
end
