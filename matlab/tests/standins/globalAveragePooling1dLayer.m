function made = globalAveragePooling1dLayer(varargin)
    % GLOBALAVERAGEPOOLING1DLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('globalAveragePooling1dLayer', varargin, {}, {});
end
