function made = tanhLayer(varargin)
    % TANHLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('tanhLayer', varargin, {}, {});
end
