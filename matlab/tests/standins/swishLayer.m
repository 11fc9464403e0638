function made = swishLayer(varargin)
    % SWISHLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('swishLayer', varargin, {}, {});
end
