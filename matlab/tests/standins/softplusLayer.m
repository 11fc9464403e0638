function made = softplusLayer(varargin)
    % SOFTPLUSLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('softplusLayer', varargin, {}, {});
end
