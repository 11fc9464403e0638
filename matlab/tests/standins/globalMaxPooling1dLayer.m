function made = globalMaxPooling1dLayer(varargin)
    % GLOBALMAXPOOLING1DLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('globalMaxPooling1dLayer', varargin, {}, {});
end
