function x = with_steps(layer, x)
    % WITH_STEPS  Refuse a sequence without steps.
    %
    %   x = bridge.layers.with_steps(layer, x), for layers that make one step of all.

    if size(x, 1) == 0
        error('bridge:forward:layer', 'layer ''%s'' needs a step, but is given a sequence without', layer.Name);
    end
end
