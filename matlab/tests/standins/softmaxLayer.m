function made = softmaxLayer(varargin)
    % SOFTMAXLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('softmaxLayer', varargin, {}, {});
end
